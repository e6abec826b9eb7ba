import { createElement, render } from 'react'
import { App } from './app.tsx'
import './style.css'

const place = document.querySelector('#app')
if (place !== null) render(createElement(App, {}), place)
